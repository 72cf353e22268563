/** Rows of equal length as lines: the first column to the left, figures to the right. */
export function formatRows(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((cells) => cells.map(pad).join('   ').trimEnd()).join('\n');
}

export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
