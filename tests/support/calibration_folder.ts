import { join } from "@std/path";
import { ROOT } from "./serve_tree.ts";

const CIFAR = join(ROOT, "testdata/cifar10/test_500.bin");

/** A folder with `count` CIFAR images as raw files and the list of them. */
export async function calibrationFolder(count: number): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  const images = await Deno.readFile(CIFAR);
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const pixels = Float32Array.from(images.subarray(3073 * i + 1, 3073 * (i + 1)));
    await Deno.writeFile(join(folder, `${i}.raw`), new Uint8Array(pixels.buffer));
    lines.push(join(folder, `${i}.raw`));
  }
  await Deno.writeTextFile(join(folder, "list.txt"), lines.join("\n") + "\n");
  return folder;
}
