// The files that a solution writes, read from its here-documents, so that a learner can compare theirs with them.

/** `cat > FILE <<'WORD'` (also without quotes, or with `>>` left out) up to the line that is WORD. */
const HERE_DOCUMENT = /^\s*cat\s+>\s*(['"]?)([\w./-]+)\1\s+<<-?\s*(['"]?)(\w+)\3\s*\n([\s\S]*?)^\4\s*$/gm;

/** By path; where a file is written twice, its last text. */
export function solutionFiles(script: string): Record<string, string> {
  return Object.fromEntries([...script.matchAll(HERE_DOCUMENT)].map(([, , path = '', , , text = '']) => [path.replace(/^\.\//, ''), text]));
}
