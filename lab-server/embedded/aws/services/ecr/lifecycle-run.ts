// What a lifecycle policy expires (ECR user guide, "Lifecycle policies"): a function from rules and images to images that go.
import { z } from 'zod';
import type { Call } from '../service.ts';
import { matchesWildcard } from '../iam/evaluation/wildcards.ts';
import { imageKey, imagesOf, saveRepository } from './repositories.ts';
import { ecrTables, type Repository, type StoredImage } from './state.ts';

const DAY_MS = 86_400_000;

const rule = z.object({
  rulePriority: z.number(),
  selection: z.object({
    tagStatus: z.enum(['tagged', 'untagged', 'any']),
    tagPrefixList: z.array(z.string()).optional(),
    tagPatternList: z.array(z.string()).optional(),
    countType: z.enum(['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned']),
    countNumber: z.number(),
  }),
});
const policy = z.object({ rules: z.array(rule) });

export interface Expiry {
  image: StoredImage;
  priority: number;
}

/** Rules by priority; an image belongs to the first rule that selects it. `images` from oldest to newest. */
export function expiriesOf(text: string, images: readonly StoredImage[], now: number): Expiry[] {
  const { rules } = policy.parse(JSON.parse(text));
  const claimed = new Set<StoredImage>();
  const expired: Expiry[] = [];
  for (const { rulePriority, selection } of rules.toSorted((left, right) => left.rulePriority - right.rulePriority)) {
    const selected = images.filter((image) => !claimed.has(image) && isSelected(image, selection));
    const gone =
      selection.countType === 'imageCountMoreThan'
        ? selected.slice(0, Math.max(0, selected.length - selection.countNumber))
        : selected.filter((image) => now - ageFrom(image, selection.countType) > selection.countNumber * DAY_MS);
    selected.forEach((image) => claimed.add(image));
    expired.push(...gone.map((image) => ({ image, priority: rulePriority })));
  }
  return expired;
}

function ageFrom(image: StoredImage, countType: string): number {
  return countType === 'sinceImagePulled' ? (image.pulledAt ?? image.pushedAt) : image.pushedAt;
}

function isSelected(image: StoredImage, { tagStatus, tagPrefixList, tagPatternList }: z.infer<typeof rule>['selection']): boolean {
  if (tagStatus !== 'tagged') {
    return tagStatus === 'any' || image.tags.length === 0;
  }
  const prefixes = (tagPrefixList ?? []).every((prefix) => image.tags.some((tag) => tag.startsWith(prefix)));
  const patterns = (tagPatternList ?? []).every((pattern) => image.tags.some((tag) => matchesWildcard(pattern, tag)));
  return image.tags.length > 0 && prefixes && patterns;
}

/** Runs a repository's policy, if it has one. */
export function expireImages(repository: Repository, call: Pick<Call, 'tables' | 'clock' | 'region'>): void {
  const { lifecycle, repositoryName = '', registryId = '' } = repository;
  if (!lifecycle) {
    return;
  }
  for (const { image } of expiriesOf(lifecycle.text, imagesOf(repository, call), call.clock.now())) {
    ecrTables(call.tables).images.delete(imageKey({ account: registryId, region: call.region }, repositoryName, image.digest));
  }
  saveRepository({ ...repository, lifecycle: { ...lifecycle, evaluatedAt: call.clock.now() } }, call);
}
