import { assertEquals } from "@std/assert";
import { computeEncoding, type TensorReport } from "../../src/quantize/mod.ts";
import { formatWorstTensors } from "../../src/report/mod.ts";

function report(name: string, sqnr: number): TensorReport {
  return {
    name,
    role: "weight",
    origin: "observed",
    elements: 4,
    range: { min: -40, max: 80 },
    encoding: { encodings: [computeEncoding({ min: -40, max: 80 })] },
    clipped: 0.25,
    sqnr,
  };
}

Deno.test("formatWorstTensors() shows the parameters with the lowest SQNR first", () => {
  const { sqnr: _, ...activation } = report("x", 0);
  const reports = [report("a", 40), activation, report("b", -3), report("c", 12.345)];
  assertEquals(
    formatWorstTensors(reports, 2),
    [
      "| Tensor | Role   | Bits | Observed        | Encoded         | Clipped |     SQNR |",
      "| ------ | ------ | ---: | --------------- | --------------- | ------: | -------: |",
      "| b      | weight |    8 | -40.00 to 80.00 | -40.00 to 80.00 | 25.00 % | -3.00 dB |",
      "| c      | weight |    8 | -40.00 to 80.00 | -40.00 to 80.00 | 25.00 % | 12.35 dB |",
    ].join("\n"),
  );
});
