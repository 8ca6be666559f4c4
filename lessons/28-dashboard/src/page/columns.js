// Figures for a chart, as the monitor answers them: columns of equal length.

const FIGURES = ["minimum", "p25", "median", "p75", "p95", "maximum"];
/** Which share of the values is not above each figure. */
const SHARES = [0, 0.25, 0.5, 0.75, 0.95, 1];

/** The query of a question to the history, from one moment to another. */
export const question = (metric, target, from, to) =>
  new URLSearchParams({ metric, target, from: Math.round(from),
    to: Math.round(to) });

/** Asks for figures. `step` is in milliseconds; the monitor chooses it when it
    is left out. */
export async function ask(metric, target, from, to, step) {
  const query = question(metric, target, from, to);
  if (step) query.set("step", Math.round(step));
  const answer = await fetch(`api/history?${query}`);
  if (!answer.ok) {
    const words = (await answer.json().catch(() => ({}))).error;
    throw new Error(words ?? `the monitor answered ${answer.status}`);
  }
  return answer.json();
}

/** Appends one sample that has just come. */
export function append(columns, at, value) {
  const { times, step } = columns;
  const last = times.length - 1;
  const time = step ? Math.floor(at / step) * step : at;
  if (last >= 0 && time < times[last]) return;
  if (last < 0 || time > times[last] || !step) {
    times.push(time);
    columns.count.push(1);
    columns.failed.push(value == null ? 1 : 0);
    for (const name of FIGURES) columns[name].push(value ?? null);
    columns.newest = { time, values: value == null ? [] : [value] };
    return;
  }
  columns.count[last] += 1;
  if (value == null) columns.failed[last] += 1;
  // A step that had begun when the figures were asked for stays as the
  // monitor answered it: its single values are not known here.
  if (value == null || columns.newest?.time !== time) return;
  const { values } = columns.newest;
  values.push(value);
  values.sort((a, b) => a - b);
  SHARES.forEach((part, index) => {
    columns[FIGURES[index]][last] = percentile(values, part);
  });
}

/** The value of nearest rank in sorted values, as the history has it too: the
    median of an even number of values is the lower of the middle two. */
export const percentile = (sorted, part) =>
  sorted[Math.max(Math.ceil(sorted.length * part), 1) - 1];

/** Forgets what is older than `from`. */
export function forget(columns, from) {
  let old = 0;
  while (old < columns.times.length && columns.times[old] < from) old += 1;
  if (old < 100) return;
  for (const column of Object.values(columns))
    if (Array.isArray(column)) column.splice(0, old);
}

/** The whole range in few figures. */
export function sum(columns) {
  const add = (column) => column.reduce((sum, value) => sum + value, 0);
  const known = (column) => column.filter((value) => value != null);
  const medians = known(columns.median);
  const most = (column) => known(column).reduce((a, b) => Math.max(a, b), 0);
  return {
    count: add(columns.count),
    failed: add(columns.failed),
    lowest: medians.reduce((a, b) => Math.min(a, b), Infinity),
    highest: most(columns.median),
    maximum: most(columns.maximum),
  };
}
