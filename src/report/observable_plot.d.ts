/** A drawing; its text is what it looks like in an HTML page. */
export interface Drawing {
  readonly outerHTML: string;
}

/** A layer of a drawing. */
export interface Mark {
  readonly kind?: unique symbol;
}

/** How a mark finds what it shows; a string names a member of the data. */
export interface MarkOptions<T> {
  readonly x?: string | ((datum: T) => number | string);
  readonly x1?: string | ((datum: T) => number | string);
  readonly x2?: string | ((datum: T) => number | string);
  readonly y?: string | ((datum: T) => number | string);
  readonly y1?: string | ((datum: T) => number | string);
  readonly y2?: string | ((datum: T) => number | string);
  readonly title?: string | ((datum: T) => string);
  readonly fill?: string;
  readonly fillOpacity?: number;
  readonly stroke?: string;
  readonly strokeOpacity?: number;
  readonly strokeWidth?: number;
  readonly strokeDasharray?: string;
  readonly r?: number;
  readonly symbol?: string;
  readonly curve?: string;
  readonly text?: string;
  readonly textAnchor?: "start" | "middle" | "end";
  readonly dx?: number;
  readonly dy?: number;
}

/** An axis. */
export interface ScaleOptions {
  readonly type?: "linear" | "band" | "point" | "log";
  readonly domain?: readonly (number | string)[];
  readonly label?: string | null;
  readonly grid?: boolean;
  readonly ticks?: number;
  readonly tickFormat?: (value: number) => string;
  readonly axis?: "top" | "bottom" | "both" | null;
  readonly nice?: boolean;
}

/** A drawing's size, axes and layers. */
export interface PlotOptions {
  readonly document: unknown;
  readonly width?: number;
  readonly height?: number;
  readonly marginLeft?: number;
  readonly marginRight?: number;
  readonly marginTop?: number;
  readonly marginBottom?: number;
  readonly ariaLabel?: string;
  readonly style?: Readonly<Record<string, string>>;
  readonly x?: ScaleOptions;
  readonly y?: ScaleOptions;
  readonly marks: readonly Mark[];
}

export function plot(options: PlotOptions): Drawing;
export function areaY<T>(data: readonly T[], options: MarkOptions<T>): Mark;
export function dot<T>(data: readonly T[], options: MarkOptions<T>): Mark;
export function lineY<T>(data: readonly T[], options: MarkOptions<T>): Mark;
export function link<T>(data: readonly T[], options: MarkOptions<T>): Mark;
export function ruleX(data: readonly number[], options?: MarkOptions<number>): Mark;
export function ruleY(data: readonly number[], options?: MarkOptions<number>): Mark;
export function text<T>(data: readonly T[], options: MarkOptions<T>): Mark;
