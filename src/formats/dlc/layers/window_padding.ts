/** A window along one spatial axis of a version 3 layer. */
export interface AxisWindow {
  /** Extent of the input. */
  readonly input: number;
  /** Extent of the output, which the file states. */
  readonly output: number;
  /** Extent of the kernel, dilation included. */
  readonly extent: number;
  /** Step. */
  readonly stride: number;
  /** The padding attribute. */
  readonly padding: number;
}

/** Numbers of the padding strategies, `padding_strategy` and `padding_size_strategy`. */
export const PADDING_STRATEGY = {
  implicitValid: 0,
  implicitSameBegin: 1,
  implicitSameEnd: 2,
  explicitRightHanded: 3,
  explicit: 4,
  explicitFloor: 5,
} as const;

/**
 * Padding before and after an axis. The output's extent decides what the strategies leave open: the
 * windows end with the last one that it counts.
 *
 * @returns `undefined` if the strategy's number has no known meaning.
 */
export function resolvePadding(
  strategy: number,
  window: AxisWindow,
): readonly [begin: number, end: number] | undefined {
  const { input, output, extent, stride, padding } = window;
  const needed = Math.max(0, (output - 1) * stride + extent - input);
  switch (strategy) {
    case PADDING_STRATEGY.implicitValid:
      return [0, 0];
    case PADDING_STRATEGY.implicitSameBegin:
      return [Math.ceil(needed / 2), Math.floor(needed / 2)];
    case PADDING_STRATEGY.implicitSameEnd:
      return [Math.floor(needed / 2), Math.ceil(needed / 2)];
    case PADDING_STRATEGY.explicitRightHanded:
      return [padding, Math.max(0, needed - padding)];
    case PADDING_STRATEGY.explicit:
    case PADDING_STRATEGY.explicitFloor:
      return isSymmetric(window) ? [padding, padding] : [padding, Math.max(0, needed - padding)];
    default:
      return undefined;
  }
}

/** Whether equal padding on both sides, rounded down, gives the output's extent. */
export function isSymmetric({ input, output, extent, stride, padding }: AxisWindow): boolean {
  return Math.floor((input + 2 * padding - extent) / stride) + 1 === output;
}

/**
 * The strategy that says the padding of both axes.
 *
 * @param windows With the padding before the axis in `padding`.
 * @returns `undefined` if none does: an axis is padded more before than after.
 */
export function chooseStrategy(windows: readonly AxisWindow[]): number | undefined {
  if (windows.every(isSymmetric)) return PADDING_STRATEGY.explicit;
  const rightHanded = windows.every((window) =>
    isSymmetric(window) ||
    (window.output - 1) * window.stride + window.extent - window.input >= 2 * window.padding
  );
  return rightHanded ? PADDING_STRATEGY.explicitRightHanded : undefined;
}
