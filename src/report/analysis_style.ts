import { COLOURS } from "./analysis_plots.ts";

/** How the page of an analysis looks. */
export const ANALYSIS_STYLE = `
:root { color-scheme: light; --before: ${COLOURS[0]}; --after: ${COLOURS[1]}; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1100px; background: #fff;
  color: #212529; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.25; overflow-wrap: anywhere; }
h1 code { font-size: 0.85em; font-weight: 500; }
h2 { margin: 44px 0 4px; font-size: 20px; }
h3 { margin: 24px 0 0; font-size: 16px; }
p { margin: 4px 0 12px; max-width: 78ch; color: #495057; }
dl { display: flex; flex-wrap: wrap; gap: 8px 36px; margin: 20px 0; }
dt { font-size: 12px; color: #6c757d; }
dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 12px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 18px 5px 0; text-align: left; border-bottom: 1px solid #e9ecef; }
th { font-size: 12px; font-weight: 600; color: #6c757d; vertical-align: bottom; }
td.number, th.number { text-align: right; }
td small { color: #6c757d; }
code { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 6px;
  border-radius: 50%; background: var(--before); }
.key.after::before { background: var(--after); }
.keys { display: flex; gap: 20px; margin: 4px 0 12px; font-size: 13px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 20px 16px; }
figure { margin: 0; }
figcaption { font-size: 13px; }
figcaption small { color: #6c757d; }
footer { margin-top: 56px; font-size: 13px; color: #6c757d; }
@media print { figure, tr { break-inside: avoid; } }
`;
