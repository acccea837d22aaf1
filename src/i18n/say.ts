// What scripts say, in the language of the page: the page brings the strings that begin with "script." (LabDock.astro).

const ENGLISH = {
  pending: 'to do',
  passed: 'done',
  failed: 'not yet',
  error: 'not checked',
  done: '{done} of {all} done',
  points: ', {score} of {outOf} points',
  asItShouldBe: 'Everything is as it should be.',
  unchecked: 'Nothing has been checked yet.',
  ran: 'Ran',
  run: 'Run',
};
export type Saying = keyof typeof ENGLISH;

let translated: Partial<Record<Saying, string>> | undefined;

function translations(): Partial<Record<Saying, string>> {
  if (!translated) {
    const text = document.querySelector('script[data-sayings]')?.textContent;
    translated = text ? (JSON.parse(text) as Partial<Record<Saying, string>>) : {};
  }
  return translated;
}

/** A string in the page's language, its `{names}` filled in. */
export function say(key: Saying, values: Readonly<Record<string, string | number>> = {}): string {
  return (translations()[key] ?? ENGLISH[key]).replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
