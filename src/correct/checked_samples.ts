import { FormatError } from "../errors.ts";
import { crc32 } from "../io/mod.ts";
import { bytesOfTensorData, type SampleSource } from "../tensor/mod.ts";

/**
 * The same samples, with an eye on that they stay the same: the checksum of each is taken when it is
 * read first, and compared later.
 *
 * @param samples The samples.
 * @param checksums Those that are known, by index; more are added.
 */
export function checkedSamples(samples: SampleSource, checksums: number[]): SampleSource {
  return {
    length: samples.length,
    async read(index, options) {
      const sample = await samples.read(index, options);
      let checksum = 0;
      for (const [, { data }] of [...sample].sort(([a], [b]) => a < b ? -1 : 1)) {
        checksum = crc32(bytesOfTensorData(data), checksum);
      }
      checksums[index] ??= checksum;
      if (checksums[index] !== checksum) {
        throw new FormatError(
          `Cannot correct biases: sample ${index} is not what it was when ranges were gathered`,
          { expected: `checksum ${checksums[index]}`, found: `checksum ${checksum}` },
        );
      }
      return sample;
    },
  };
}
