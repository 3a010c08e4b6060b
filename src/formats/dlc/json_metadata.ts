/** The member that {@linkcode formatJsonMetadata} is for. */
export const JSON_METADATA_2_1_0 = "dlc.metadata2.1.0";

/** What JSON metadata says about the tool that made a file. */
export interface JsonMetadata {
  /** The tool; ours names itself, not Qualcomm's. */
  readonly tool: string;
  /** Its version. */
  readonly version: string;
  /** Its options, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** The text of the member `dlc.metadata2.1.0`. */
export function formatJsonMetadata(metadata: JsonMetadata): string {
  const content = {
    header: {
      artifact_type: "DLC_METADATA",
      header_version: { major: 0, minor: 1, patch: 0 },
      version: { major: 2, minor: 1, patch: 0 },
    },
    dlcGenerationInfo: [{
      converterCommand: {
        tool: metadata.tool,
        converterVersion: metadata.version,
        args: metadata.options,
      },
    }],
  };
  return JSON.stringify(content, undefined, 4);
}
