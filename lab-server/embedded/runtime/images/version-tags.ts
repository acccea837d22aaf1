// Tags in the pattern that official images share: `latest`, `1`, `1.2`, `1.2.3`, each with variants after a dash.

export interface VersionTags {
  /** Last patch release of each `major.minor` that has images. */
  releases: Readonly<Record<string, number>>;
  /** What `latest` is. */
  latest: string;
  /** Other words for a release: `stable`, `mainline`. */
  aliases?: Readonly<Record<string, string>>;
  /** Variants after the dash, as a pattern for the whole of it. */
  variants?: RegExp;
  /** Whether a variant alone is a tag (`alpine`). */
  bareVariants?: boolean;
}

/** The exact version and the variant of a tag; undefined when there is no such tag. */
export function parseVersionTag(tag: string, tags: VersionTags): { version: string; variant: string } | undefined {
  const names = ['latest', ...Object.keys(tags.aliases ?? {})];
  const match = new RegExp(`^(v?\\d+(?:\\.\\d+){0,2}|${names.join('|')})(?:-(.+))?$`).exec(tag);
  const bare = match ? undefined : tags.bareVariants && tags.variants?.test(tag) ? tag : undefined;
  const base = match?.[1] ?? (bare === undefined ? undefined : 'latest');
  const variant = match?.[2] ?? bare ?? '';
  if (base === undefined || (variant !== '' && !(tags.variants?.test(variant) ?? false))) {
    return undefined;
  }
  const wanted = base === 'latest' ? tags.latest : (tags.aliases?.[base] ?? base);
  const [major, minor, patch] = wanted.replace(/^v/, '').split('.');
  const release = minor === undefined ? newestOf(major ?? '', tags) : `${major ?? ''}.${minor}`;
  const last = release === undefined ? undefined : tags.releases[release];
  if (last === undefined || (patch !== undefined && Number(patch) > last)) {
    return undefined;
  }
  return { version: `${release ?? ''}.${patch ?? last}`, variant };
}

function newestOf(major: string, tags: VersionTags): string | undefined {
  return Object.keys(tags.releases)
    .filter((release) => release.split('.')[0] === major)
    .sort((left, right) => Number(right.split('.')[1]) - Number(left.split('.')[1]))[0];
}
