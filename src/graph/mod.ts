/**
 * The model: nodes with ONNX meanings, values with static shapes, and the rewrites that keep their
 * meaning. Every format ends in {@linkcode buildModel}, every later room starts from its result.
 *
 * @module
 */
export * from "./attributes.ts";
export * from "./build_model.ts";
export * from "./model.ts";
export * from "./producers.ts";
// Signatures that follow:
// constantTensor(model, name): DenseTensor | undefined           (small held constants, synchronous)
// constantIntegers(model, name): readonly number[] | undefined
// constantNumbers(model, name): readonly number[] | undefined
// isKnownOperator(name): boolean; knownOperators(): readonly string[]
// foldBatchNorms(model, {signal}?): Promise<Model>
// simplify(model): Model; cancelTransposes(model, {preferredNames}?): Model
// liftQuantizeNodes(graph parts): the same without QDQ pairs, with overrides
// selectOutputs(model, names): Model
// fusedActivations(model): ReadonlyMap<string, Node>             (layer node name -> activation node)
// countMacs(model, node): number; countParameters(model, node?): number
