// Tables as minikube draws them.

/** A table with a frame of box-drawing characters: headings centred, numbers to the right, text to the left. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)));
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[], pad: (text: string, width: number) => string): string =>
    `│${widths.map((width, column) => ` ${pad(cells[column] ?? '', width)} `).join('│')}│`;
  return [
    rule('┌', '┬', '┐'),
    line(headings, centre),
    rule('├', '┼', '┤'),
    ...rows.map((row) => line(row, (text, width) => (/^\d+$/.test(text) ? text.padStart(width) : text.padEnd(width)))),
    rule('└', '┴', '┘'),
    '',
  ].join('\n');
}

function centre(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return ' '.repeat(left) + text.padEnd(width - left);
}
