import type { LayerSensitivity, NetworkAnalysis, WeightRanges } from "../evaluate/mod.ts";
import { Html } from "./html.ts";

/** Colours of the network as it is, and of the optimized one; both readable on white. */
export const COLOURS = ["#d9480f", "#1864ab"] as const;

const WIDTH = 1040;
const LABEL_WIDTH = 230;
const LABEL_CHARACTERS = 34;
const ROW_HEIGHT = 17;
/** How many decibels a line must fall for a name, and how many names there are at most. */
const LABELLED_FALL = 6;
const LABELLED_FALLS = 4;
const STYLE = { fontSize: "12px", fontFamily: "inherit", overflow: "visible" };

/** Draws. */
export interface AnalysisPlots {
  /** The output's SQNR when each layer alone is quantized; layers from top to bottom. */
  sensitivity(kind: "weights" | "activations", rows: readonly SensitivityRow[]): Html;
  /** SQNR along the network, a line for each way of quantizing. */
  values(networks: readonly NetworkAnalysis[]): Html;
  /** The ranges of a layer's channels, of each network. */
  weights(ranges: readonly WeightRanges[]): Html;
}

/** A layer in each of the networks. */
export type SensitivityRow = readonly LayerSensitivity[];

type Door = typeof import("./plots.ts");

/** Loads the plotting library. The name is a variable so that it stays out of the static graph. */
export async function loadAnalysisPlots(): Promise<AnalysisPlots> {
  const door = "./plots.ts";
  const plots: Door = await import(new URL(door, import.meta.url).href);
  const { document } = plots.parseHTML("<!doctype html><html><body></body></html>");
  return {
    sensitivity: (kind, rows) => drawSensitivity(plots, { document, kind, rows }),
    values: (networks) => drawValues(plots, { document, networks }),
    weights: (ranges) => drawWeights(plots, { document, ranges }),
  };
}

function drawSensitivity(
  { plot, dot, link, ruleX }: Door,
  { document, kind, rows }: {
    readonly document: unknown;
    readonly kind: "weights" | "activations";
    readonly rows: readonly SensitivityRow[];
  },
): Html {
  const shown = rows.filter((row) => row.some((layer) => layer[kind] !== undefined));
  const points = shown.flatMap((row, y) =>
    row.flatMap((layer, network) => {
      const quality = layer[kind];
      return quality === undefined ? [] : [{ y: String(y), network, layer, sqnr: quality.sqnr }];
    })
  );
  const limits = limitsOf(points.map(({ sqnr }) => sqnr));
  const placed = points.map((point) => ({
    ...point,
    x: clamp(point.sqnr, limits),
    title: `${point.layer.layer} (${point.layer.operator}): ${formatDecibels(point.sqnr)}`,
  }));
  const moves = shown.keys().flatMap((y) => {
    const [before, after] = placed.filter((point) => point.y === String(y));
    return before === undefined || after === undefined
      ? []
      : [{ y: String(y), x1: before.x, x2: after.x }];
  }).toArray();
  return drawn(plot({
    document,
    width: WIDTH,
    height: shown.length * ROW_HEIGHT + 70,
    marginLeft: LABEL_WIDTH,
    marginRight: 20,
    marginTop: 35,
    marginBottom: 35,
    ariaLabel: `Output SQNR with the ${kind} of one layer quantized`,
    style: STYLE,
    x: { domain: limits, label: "SQNR of the output (dB)", grid: true, axis: "both" },
    y: {
      type: "point",
      domain: shown.map((_, y) => String(y)),
      label: null,
      grid: true,
      tickFormat: (y) => shorten(shown[Number(y)]?.[0]?.layer ?? ""),
    },
    marks: [
      ruleX([0], { stroke: "#868e96" }),
      link(moves, { x1: "x1", x2: "x2", y1: "y", y2: "y", stroke: "#adb5bd", strokeWidth: 1.5 }),
      ...COLOURS.map((fill, network) =>
        dot(placed.filter((point) => point.network === network), {
          x: "x",
          y: "y",
          title: "title",
          fill,
          r: 4.5,
        })
      ),
    ],
  }));
}

function drawValues(
  { plot, lineY, dot, ruleY, text }: Door,
  { document, networks }: {
    readonly document: unknown;
    readonly networks: readonly NetworkAnalysis[];
  },
): Html {
  const limits = limitsOf(networks.flatMap(({ values }) => values.map(({ sqnr }) => sqnr)));
  const places = placesOf(networks);
  const lines = networks.map(({ values }) =>
    values.map(({ value, operator, sqnr }) => ({
      x: places.get(value) ?? 0,
      y: clamp(sqnr, limits),
      name: shorten(value),
      title: `${value} (${operator}): ${formatDecibels(sqnr)}`,
    }))
  );
  return drawn(plot({
    document,
    width: WIDTH,
    height: 340,
    marginLeft: 50,
    marginRight: 20,
    marginTop: 30,
    marginBottom: 40,
    ariaLabel: "SQNR of every value of the quantized network",
    style: STYLE,
    x: {
      label: "value, in the order of computation, from the input",
      domain: [0, Math.max(1, ...places.values())],
    },
    y: { domain: limits, label: "SQNR (dB)", grid: true },
    marks: [
      ruleY([0], { stroke: "#868e96" }),
      ...lines.flatMap((line, network) => {
        const colour = COLOURS[network] ?? COLOURS[0];
        return [
          lineY(line, { x: "x", y: "y", stroke: colour, strokeWidth: 1.5, strokeOpacity: 0.7 }),
          dot(line, { x: "x", y: "y", title: "title", fill: colour, r: 3 }),
        ];
      }),
      // Of one line only: names of two would cover each other.
      text(greatestFalls(lines[0] ?? []), {
        ...{ x: "x", y: "y", text: "name", fill: COLOURS[0], stroke: "white", strokeWidth: 4 },
        dy: 14,
      }),
    ],
  }));
}

function drawWeights(
  { plot, areaY, ruleY }: Door,
  { document, ranges }: {
    readonly document: unknown;
    readonly ranges: readonly WeightRanges[];
  },
): Html {
  const channels = ranges[0]?.min.length ?? 1;
  // A grid is as wide as the widest channel: each network by its own.
  const isCompared = ranges.length > 1;
  return drawn(plot({
    document,
    width: 332,
    height: 150,
    marginLeft: 44,
    marginRight: 8,
    marginTop: 10,
    marginBottom: 32,
    ariaLabel: "Weight ranges of the output channels",
    style: { ...STYLE, fontSize: "11px" },
    x: { label: "output channel", domain: [0, channels], ticks: 5 },
    y: { label: null, grid: true, ticks: 4, nice: true },
    marks: [
      // The network as it is comes last: its ranges are the narrower ones.
      ...ranges.map((range, network) => {
        const colour = COLOURS[network] ?? COLOURS[0];
        const opacity = network === 0 ? 0.75 : 0.35;
        return areaY(steps(range, isCompared ? widestOf(range) : 1), {
          ...{ x: "x", y1: "low", y2: "high", curve: "step-after" },
          ...{ fill: colour, fillOpacity: opacity },
          // A channel may be narrower than a pixel.
          ...{ stroke: colour, strokeOpacity: opacity, strokeWidth: 0.5 },
        });
      }).reverse(),
      ruleY([0], { stroke: "#495057" }),
    ],
  }));
}

/** Where values stand: those that only the second network has lie behind the value before them. */
function placesOf(networks: readonly NetworkAnalysis[]): Map<string, number> {
  const [first, ...others] = networks;
  const places = new Map(first?.values.map(({ value }, place) => [value, place]));
  for (const { values } of others) {
    let last = 0;
    for (const { value } of values) {
      const place = places.get(value) ?? last + (Math.floor(last + 1) - last) / 2;
      places.set(value, place);
      last = place;
    }
  }
  return places;
}

/** Where a line falls most, far enough apart for their names. */
function greatestFalls<T extends { readonly x: number; readonly y: number }>(
  line: readonly T[],
): T[] {
  const falls = line.map((point, index) => ({
    point,
    fall: (line[index - 1]?.y ?? point.y) - point.y,
  })).filter(({ fall }) => fall >= LABELLED_FALL).sort((a, b) => b.fall - a.fall);
  const chosen: T[] = [];
  for (const { point } of falls) {
    const isApart = chosen.every(({ x }) => Math.abs(x - point.x) > line.length / 8);
    if (isApart && chosen.length < LABELLED_FALLS) chosen.push(point);
  }
  return chosen;
}

/** The greatest magnitude of all channels. */
function widestOf({ min, max }: WeightRanges): number {
  return min.reduce((most, low, channel) => Math.max(most, -low, max[channel] ?? 0), 0) || 1;
}

/** One point a channel, in `unit`, and the end of the last. */
function steps(
  { min, max }: WeightRanges,
  unit: number,
): { readonly x: number; readonly low: number; readonly high: number }[] {
  const points = min.map((low, x) => ({ x, low: low / unit, high: (max[x] ?? low) / unit }));
  const last = points.at(-1);
  return last === undefined ? [] : [...points, { ...last, x: points.length }];
}

/** From a bit below the least number to a bit above the greatest, and zero. */
function limitsOf(numbers: readonly number[]): [number, number] {
  const finite = numbers.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(10, ...finite);
  return [Math.floor(low - 2), Math.ceil(high + 3)];
}

/** What is beyond all numbers stands at the edge. */
function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** `12.3 dB`, or what an endless ratio means. */
export function formatDecibels(sqnr: number): string {
  if (sqnr === Infinity) return "exact";
  return sqnr === -Infinity ? "no signal" : `${sqnr.toFixed(1)} dB`;
}

/** The end of a long name tells more than its beginning. */
export function shorten(name: string): string {
  return name.length <= LABEL_CHARACTERS ? name : `…${name.slice(1 - LABEL_CHARACTERS)}`;
}

/** A tenth of a pixel is enough. */
function drawn({ outerHTML }: { readonly outerHTML: string }): Html {
  return new Html(
    outerHTML.replaceAll(
      /( d="|transform=")([^"]*)"/g,
      (_, start: string, path: string) =>
        `${start}${
          path.replaceAll(/-?\d+\.\d{2,}(?:e-?\d+)?/g, (number) =>
            String(Math.round(Number(number) * 10) / 10))
        }"`,
    ),
  );
}
