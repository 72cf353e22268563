import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Chart } from './chart.js';

/** Fonts that every reader has, and a ground of its own so that a dark page leaves it readable. */
const COMMON = {
  background: '#ffffff',
  padding: 16,
  config: {
    font: 'Helvetica, Arial, sans-serif',
    title: { fontSize: 15, subtitleFontSize: 12, anchor: 'start', offset: 14, color: '#1a1a1a' },
    axis: { labelFontSize: 12, titleFontSize: 12, gridColor: '#e4e4e4', titleFontWeight: 'normal' },
    legend: { labelFontSize: 12 },
    header: { labelFontSize: 12, labelFontWeight: 'bold' },
    view: { stroke: '#cccccc' },
  },
};

/** The same chart gives the same text. */
export async function renderSvg({ title, subtitle, drawing }: Chart): Promise<string> {
  const whole = { ...COMMON, ...drawing, title: { text: title, subtitle } } as TopLevelSpec;
  const view = new View(parse(compile(whole).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
