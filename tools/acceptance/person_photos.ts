import { decodeImage, listImages } from "dlcstream";
import { basename } from "@std/path";
import type { Shared } from "./shared.ts";

/** Photos with what the person network shall say: 1 where a person is on them. */
export interface PersonPhotos {
  readonly labels: readonly number[];
  readonly images: { readonly length: number; read(index: number): Promise<Uint8Array> };
}

const SIZE = 96;

/** The Visual Wake Words rule: one box of a person covers more than this part of the photo. */
const MIN_AREA = 0.005;

/** The COCO photos for the person network, resized to its input by area averaging. */
export async function personPhotos(shared: Shared): Promise<PersonPhotos> {
  const paths = await listImages(shared.path("data/coco_val2017/images"));
  const labels: number[] = [];
  for (const path of paths) {
    const file = shared.path("data/coco_val2017/labels", basename(path).replace(".jpg", ".txt"));
    const lines = (await readIfThere(file)).trim().split("\n");
    const boxes = lines.map((line) => line.split(" ").map(Number));
    const persons = boxes.filter(([kind, , , width = 0, height = 0]) =>
      kind === 0 && width * height > MIN_AREA
    );
    labels.push(persons.length > 0 ? 1 : 0);
  }
  return {
    labels,
    images: {
      length: paths.length,
      async read(index): Promise<Uint8Array> {
        const { data, width, height } = await decodeImage(paths[index] ?? "");
        const planes = new Uint8Array(3 * SIZE * SIZE);
        const columns = cover(width, SIZE);
        const rows = cover(height, SIZE);
        for (const [row, down] of rows.entries()) {
          for (const [column, across] of columns.entries()) {
            for (let channel = 0; channel < 3; channel++) {
              let sum = 0;
              for (const { place: y, weight: vertical } of down) {
                for (const { place: x, weight: horizontal } of across) {
                  sum += (data[4 * (y * width + x) + channel] ?? 0) * vertical * horizontal;
                }
              }
              planes[(channel * SIZE + row) * SIZE + column] = Math.round(sum);
            }
          }
        }
        return planes;
      },
    },
  };
}

/** For each pixel of the target, the pixels of the source that it covers, with their shares. */
function cover(source: number, target: number): { place: number; weight: number }[][] {
  const step = source / target;
  return Array.from({ length: target }, (_, index) => {
    const start = index * step;
    const end = Math.min(source, start + step);
    const covered = [];
    for (let place = Math.floor(start); place < end; place++) {
      const weight = (Math.min(end, place + 1) - Math.max(start, place)) / step;
      covered.push({ place, weight });
    }
    return covered;
  });
}

/** Photos without objects have no file. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
