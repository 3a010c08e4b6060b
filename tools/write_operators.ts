/**
 * Writes docs/operators.md: what converts from each format, what runs behind a DLC, what is refused.
 *
 * Usage: `deno run -A tools/write_operators.ts`, with the operator tests of ONNX in `../shared`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { knownOperators } from "dlcstream";
import {
  INPUT_LAYERS,
  LAYERS,
  PASSING_LAYERS,
  REFUSALS,
  TRAINING_LAYERS,
} from "../src/formats/caffe/lower/layer_kinds.ts";
import {
  OPERATORS,
  PASSING_OPERATORS,
  refusalOf,
} from "../src/formats/caffe2/lower/operator_kinds.ts";
import { readLayerTypes } from "../src/formats/dlc/layers/read_layers.ts";
import { normalizedOperators } from "../src/formats/dlc/normal/normal_form.ts";
import { readOperatorTypes } from "../src/formats/dlc/operators/read_operators.ts";
import { canEvaluateConstant } from "../src/graph/constants/evaluate_constant.ts";
import { NEEDS, OPERATOR_RULES } from "../src/formats/tensorflow/lower/operators.ts";
import { VALUE_RULES } from "../src/formats/tensorflow/lower/value_rules.ts";
import { type DlcNodeTest, runDlcNodeTests } from "./acceptance/dlc_node_tests.ts";
import {
  caffe2References,
  caffeReferences,
  type DlcReference,
  tensorflowReferences,
} from "./acceptance/dlc_references.ts";
import { Shared } from "./acceptance/shared.ts";

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A table whose last column, the reasons, stands below as a list. */
function tableWithReasons(head: Row, rows: readonly Row[]): string {
  const reasons = rows.flatMap((row) => {
    const reason = row.at(-1) ?? "";
    return reason === "" ? [] : [`- ${row[0]}: ${reason}`];
  });
  const short = table(head.slice(0, -1), rows.map((row) => row.slice(0, -1)));
  return reasons.length === 0 ? short : `${short}\n\n${head.at(-1)}:\n\n${reasons.join("\n")}`;
}

/** What is wrong, without the name of the node. */
function reasonOf(message: string): string {
  const [, reason = message] = /^Cannot [^:]*"[^:]*: (.*)$/.exec(message) ?? [];
  return reason.replaceAll("`", "'").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join(" / ");
}

/** Operators of the graph that ONNX does not have; an export says them by several. */
const NOT_ONNX = ["DetectionOutput"];

const NO_OPERATOR = "no operator of a DLC says it, nor do several together";

/** Whether nodes of an operator become encodings of tensors. */
function isLifted(operator: string): boolean {
  return operator === "QuantizeLinear" || operator === "DequantizeLinear";
}

function onnxRow(operator: string, tests: readonly DlcNodeTest[]): Row {
  const own = tests.filter(({ operators, counts }) => counts && operators.includes(operator));
  const passed = own.filter(({ automatic }) => automatic === "passed").length;
  const isKnown = knownOperators().includes(operator);
  const inDlc = normalizedOperators().includes(operator);
  const reasons = own.flatMap(({ automatic }) =>
    automatic === "passed" ? [] : Object.values(automatic).map(reasonOf)
  );
  const isFolded = operator === "Constant" || canEvaluateConstant(operator);
  const isSaid = inDlc || isFolded || isLifted(operator);
  const plain = isSaid || reasons.length > 0 ? [] : [NO_OPERATOR];
  const folded = isFolded ? "where constant" : "no";
  return [
    operator,
    isKnown ? "yes" : "no",
    inDlc ? "yes" : isLifted(operator) ? "as encoding" : folded,
    own.length === 0 ? "–" : `${passed} of ${own.length}`,
    unique([...plain, ...reasons]),
  ];
}

/** A row for each type: whether it converts, and what of its references runs behind a DLC. */
function typeRows(
  types: Iterable<string>,
  { references, becomes = () => "yes" }: {
    readonly references: readonly DlcReference[];
    readonly becomes?: (type: string) => string;
  },
): Row[] {
  return [...new Set(types)].sort().map((type) => {
    const own = references.filter((reference) => reference.types.includes(type));
    const errors = own.flatMap(({ error }) => error === undefined ? [] : [reasonOf(error)]);
    const ran = own.length === 0 ? "–" : `${own.length - errors.length} of ${own.length}`;
    return [type, becomes(type), ran, unique(errors)];
  });
}

const FOREIGN = ["converts", "references that run behind a DLC", "Refused"];

async function formatOperators(shared: Shared): Promise<string> {
  const tests = await Array.fromAsync(runDlcNodeTests(shared));
  const held = tests.filter(({ counts }) => counts);
  const passed = (version: "automatic" | "version4"): number =>
    held.filter((test) => test[version] === "passed").length;
  const deviating =
    held.filter(({ automatic }) => automatic !== "passed" && "deviates" in automatic).length;
  const known = new Set([...knownOperators(), ...held.flatMap(({ operators }) => operators)]);
  for (const operator of NOT_ONNX) known.delete(operator);
  const share = (100 * passed("automatic") / held.length).toFixed(1);
  const caffe = await Array.fromAsync(caffeReferences());
  const caffe2 = await Array.fromAsync(caffe2References());
  const tensorflow = await Array.fromAsync(tensorflowReferences(), ({ types, error }) => ({
    types: types.filter((type) => OPERATOR_RULES.has(type)),
    error,
  }));
  const training = "left out, as only training and testing need it";
  const caffeKind = (type: string): string =>
    INPUT_LAYERS.has(type)
      ? "network input"
      : PASSING_LAYERS.has(type)
      ? "passes on its input"
      : TRAINING_LAYERS.has(type)
      ? training
      : "yes";
  const caffeTypes = [...LAYERS.keys(), ...INPUT_LAYERS, ...PASSING_LAYERS, ...TRAINING_LAYERS];
  const tensorflowTypes = [...OPERATOR_RULES.keys(), ...VALUE_RULES.keys()];
  return `# Operators

<!-- Written by \`deno run -A tools/write_operators.ts\`; do not edit. -->

Of the ${tests.length} operator tests of the ONNX project here, a DLC can hold the types of ${held.length}. Through
\`convert\`, reading the DLC again and running it, **${
    passed("automatic")
  } of ${held.length} (${share} %)** give the expected
outputs; all in version 4.1: ${
    passed("version4")
  }. ${deviating} differ as ONNX Runtime does for the model itself${
    held.length - passed("automatic") === deviating
      ? "."
      : ", the\nothers are refused with the reasons below."
  }

A DLC can hold the types of a test if its first input and all its outputs are float32 tensors, none
of them empty; all shapes are static. Inputs of other types (axes, shapes, indices) are made
constants, as networks have them; so are further float inputs where the operator needs it (weights,
scales). Outputs must agree within 1e-4 of the largest element.

## ONNX

“Known” operators are read, checked and run; “DLC” ones can be said in a DLC, if need be by several of
its operators ([how](dlc.md#onnx-operators-that-a-dlc-says-by-several)), or vanish where their inputs
are constant. “–” means that no test counts.

${
    tableWithReasons(
      ["operator", "known", "DLC", "tests passed", "Refused or different"],
      [...known].sort().map((operator) => onnxRow(operator, tests)),
    )
  }

Sequences, optional values, strings and control flow (If, Loop, Scan) are refused when a model is
opened.

## Caffe

References are stored outputs of OpenCV and NumPy, counted at the layer that makes them.

${
    tableWithReasons(["layer", ...FOREIGN], [
      ...typeRows(caffeTypes, { references: caffe, becomes: caffeKind }),
      ...[...REFUSALS].map(([type, reason]) => [type, "no", "–", reason]),
    ])
  }

## Caffe2

References are stored outputs of Caffe2, counted at the operator that makes them.

${
    tableWithReasons(["operator", ...FOREIGN], [
      ...typeRows([...OPERATORS.keys(), ...PASSING_OPERATORS], {
        references: caffe2,
        becomes: (type) => PASSING_OPERATORS.has(type) ? "passes on its input" : "yes",
      }),
      ["Int8…", "no", "–", refusalOf("Int8Conv")],
      ["…Proposals, RoI…", "no", "–", refusalOf("GenerateProposals")],
    ])
  }

## TensorFlow

References are graphs with stored outputs of TensorFlow, counted at each operator in them.

${
    tableWithReasons(
      ["operator", ...FOREIGN],
      typeRows(tensorflowTypes, {
        references: tensorflow,
        becomes: (type) => OPERATOR_RULES.has(type) ? "yes" : "yes, computes nothing",
      }),
    )
  }

Refused, by the form of the name:

${
    table(
      ["operators", "refused"],
      NEEDS.map(([pattern, reason]) => [`\`${pattern.source}\``, reason]),
    )
  }

## What is read from DLC files

Layers of version 3: ${readLayerTypes().join(", ")}.

Operators of version 4: ${readOperatorTypes().join(", ")}.
`;
}

if (import.meta.main) {
  const shared = new Shared(fromFileUrl(new URL("../../shared/", import.meta.url)));
  const path = fromFileUrl(new URL("../docs/operators.md", import.meta.url));
  await Deno.writeTextFile(path, await formatOperators(shared));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] }).output();
}
