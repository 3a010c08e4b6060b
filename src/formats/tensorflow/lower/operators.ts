import type { OperatorRule } from "./operator_rule.ts";
import { BLOCKS } from "./operators/blocks.ts";
import { CONVOLUTION } from "./operators/convolution.ts";
import { ELEMENTWISE } from "./operators/elementwise.ts";
import { IMAGES } from "./operators/images.ts";
import { POOLING } from "./operators/pooling.ts";
import { QUANTIZATION } from "./operators/quantization.ts";
import { REDUCTION } from "./operators/reduction.ts";
import { SHAPE_ARITHMETIC } from "./operators/shape_arithmetic.ts";
import { SHAPING } from "./operators/shaping.ts";
import { SLICING } from "./operators/slicing.ts";

/** The rules of all operators on tensors, by TensorFlow operator. */
export const OPERATOR_RULES: ReadonlyMap<string, OperatorRule> = new Map(
  [
    BLOCKS,
    CONVOLUTION,
    ELEMENTWISE,
    IMAGES,
    POOLING,
    QUANTIZATION,
    REDUCTION,
    SHAPE_ARITHMETIC,
    SHAPING,
    SLICING,
  ].flatMap((table) => Object.entries(table)),
);

/** Operators that nothing here stands for, and what they need. */
export const NEEDS: readonly (readonly [RegExp, string])[] = [
  [
    /^(Ref)?(Enter|Exit|NextIteration|LoopCond)$|^(Stateless)?While$|^For$/,
    "it is part of a loop; unroll loops before saving the model",
  ],
  [/^(TensorArray|TensorList|Stack|Queue|Barrier)/, "it needs lists of tensors; unroll loops"],
  [/^(Stateless)?Case$/, "it chooses a branch while the model runs"],
  [/LSTM|GRU|RNN/, "recurrent layers are not supported"],
  [/^(Random|Multinomial|Truncated|Stateless(Random|Truncated|Multinomial))/, "it is random"],
  [/^(Hash|Lookup|MutableHash|InitializeTable)/, "it needs a table"],
  [/^(Decode|Encode|Parse|ReadFile|String|Regex|AsString)/, "it works on files or strings"],
  [/^(Iterator|Dataset|.*Dataset)/, "it reads data; cut the model behind it with --input-dim"],
  [/^(Assign|Scatter.*Resource|Resource(Apply|Scatter)|Apply)/, "it changes a variable"],
  [/^Quantize|^Dequantize|^Requantize|^Quantized/, "its integers are quantized already"],
  [/Grad(V2|Input|Filter)?$|Backprop/, "it is for training"],
  [/^(NonMaxSuppression|Where|Unique|BooleanMask)/, "the shape of its result depends on data"],
  [/^PyFunc|^EagerPyFunc/, "it runs Python"],
];

/** Why an operator without a rule is not supported. */
export function reasonAgainst(operator: string): string {
  const [, reason] = NEEDS.find(([pattern]) => pattern.test(operator)) ?? [];
  return reason ?? "the operator is not known";
}
