import type { Column } from "../../src/report/mod.ts";
import type { Shared } from "./shared.ts";

/** What a check says about one thing: a row of its table. */
export interface Finding {
  /** One a column. */
  readonly cells: readonly string[];
  /** `noted` is neither good nor bad: a refusal that is right, a figure without a target. */
  readonly verdict: "passed" | "failed" | "noted";
}

/** One idea that must hold on the shared data. */
export interface Check {
  /** What must hold, as a heading. */
  readonly title: string;
  /** Columns of the table; the verdict comes behind them. */
  readonly columns: readonly Column[];
  /** Looks; a finding for each thing. */
  run(shared: Shared): AsyncIterable<Finding>;
}

/** Passed or failed. */
export function verdict(holds: boolean): "passed" | "failed" {
  return holds ? "passed" : "failed";
}

/** The first line of an error, for a cell of a table. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
