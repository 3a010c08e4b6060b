/** Every schema by the name users type, with a line for help texts. */
export const ENCODING_SCHEMAS = {
  "asymmetric": "ends as observed, moved so that zero is exact",
  "symmetric": "stored signed with offset 0, one more step below zero than above",
  "strict-symmetric": "as many steps below zero as above; the last code is not used",
  "unsigned-symmetric": "all steps above zero where nothing is negative, else symmetric",
} as const satisfies Readonly<Record<string, string>>;

/** Where the grid of an encoding lies around zero. */
export type EncodingSchema = keyof typeof ENCODING_SCHEMAS;

/** Whether there is a schema of this name. */
export function isEncodingSchema(name: string): name is EncodingSchema {
  return Object.hasOwn(ENCODING_SCHEMAS, name);
}
