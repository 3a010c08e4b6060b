import { assertEquals } from "@std/assert";
import {
  chooseStrategy,
  PADDING_STRATEGY,
  resolvePadding,
} from "../../../../src/formats/dlc/layers/window_padding.ts";

const WINDOW = { input: 512, output: 256, extent: 3, stride: 2, padding: 0 };

Deno.test("resolvePadding() pads a right-handed window where the output needs it", () => {
  // A real file: 512 to 256 with a kernel of 3, stride 2 and padding 0.
  assertEquals(resolvePadding(PADDING_STRATEGY.explicitRightHanded, WINDOW), [0, 1]);
});

Deno.test("resolvePadding() pads an explicit window alike on both sides", () => {
  const window = { input: 7, output: 4, extent: 3, stride: 2, padding: 1 };
  assertEquals(resolvePadding(PADDING_STRATEGY.explicit, window), [1, 1]);
  assertEquals(resolvePadding(PADDING_STRATEGY.explicitFloor, window), [1, 1]);
});

Deno.test("resolvePadding() lets the output decide where equal padding does not lead to it", () => {
  const window = { input: 8, output: 4, extent: 3, stride: 2, padding: 0 };
  assertEquals(resolvePadding(PADDING_STRATEGY.explicit, window), [0, 1]);
});

Deno.test("resolvePadding() splits implicit padding", () => {
  assertEquals(resolvePadding(PADDING_STRATEGY.implicitSameEnd, WINDOW), [0, 1]);
  assertEquals(resolvePadding(PADDING_STRATEGY.implicitSameBegin, WINDOW), [1, 0]);
  assertEquals(resolvePadding(PADDING_STRATEGY.implicitValid, WINDOW), [0, 0]);
});

Deno.test("resolvePadding() does not know other strategies", () => {
  assertEquals(resolvePadding(255, WINDOW), undefined);
});

Deno.test("chooseStrategy() takes the strategies that real files use", () => {
  assertEquals(chooseStrategy([{ ...WINDOW, input: 511, padding: 1 }]), PADDING_STRATEGY.explicit);
  assertEquals(chooseStrategy([WINDOW]), PADDING_STRATEGY.explicitRightHanded);
});

Deno.test("chooseStrategy() has none for more padding before than after", () => {
  const window = { input: 8, output: 4, extent: 4, stride: 2, padding: 2 };
  assertEquals(chooseStrategy([window]), undefined);
});
