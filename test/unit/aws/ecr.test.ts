// ECR without a wire: tags, immutability, lifecycle policies by the clock, and the repository's own policy.
import { expect, test } from 'vitest';
import { ecsStand, type Stand } from './ecs-stand.ts';

const DAY = 86_400_000;

function manifest(mark: string): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { digest: mark, size: 5 } });
}

async function put(stand: Stand, imageTag: string, mark = imageTag): Promise<string> {
  const input = { repositoryName: 'web', imageTag, imageManifest: manifest(mark) };
  const { image } = await stand.call<{ image: { imageId: { imageDigest: string } } }>('ecr', 'PutImage', input);
  return image.imageId.imageDigest;
}

async function tags(stand: Stand): Promise<string[]> {
  const { imageIds } = await stand.call<{ imageIds: { imageTag?: string }[] }>('ecr', 'ListImages', { repositoryName: 'web' });
  return imageIds.map((id) => id.imageTag ?? '<untagged>');
}

test('a tag moves to the image that is put last, and the former image stays without it', async () => {
  await using stand = await ecsStand();
  await stand.call('ecr', 'CreateRepository', { repositoryName: 'web' });
  const first = await put(stand, 'latest', 'one');
  const second = await put(stand, 'latest', 'two');
  expect(first).not.toBe(second);
  expect((await tags(stand)).toSorted()).toEqual(['<untagged>', 'latest']);
  await expect(put(stand, 'latest', 'two')).rejects.toMatchObject({ code: 'ImageAlreadyExistsException' });
});

test('an immutable tag stays where it is, unless a filter excludes it', async () => {
  await using stand = await ecsStand();
  await stand.call('ecr', 'CreateRepository', {
    repositoryName: 'web',
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest*' }],
  });
  await put(stand, 'v1', 'one');
  await put(stand, 'latest', 'one');
  await expect(put(stand, 'v1', 'two')).rejects.toMatchObject({ code: 'ImageTagAlreadyExistsException' });
  await put(stand, 'latest', 'two');
});

test('a lifecycle policy expires by count and by age, and its preview says so before', async () => {
  await using stand = await ecsStand();
  await stand.call('ecr', 'CreateRepository', { repositoryName: 'web' });
  await put(stand, 'v1');
  await stand.clock.advance(10 * DAY);
  await put(stand, 'v2');
  await put(stand, 'v3');
  const rule = (selection: object): string => JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
  const aged = rule({ tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 });
  await stand.call('ecr', 'StartLifecyclePolicyPreview', { repositoryName: 'web', lifecyclePolicyText: aged });
  const preview = await stand.call<{ previewResults: object[] }>('ecr', 'GetLifecyclePolicyPreview', { repositoryName: 'web' });
  expect(preview.previewResults).toMatchObject([{ imageTags: ['v1'], appliedRulePriority: 1 }]);
  await stand.call('ecr', 'PutLifecyclePolicy', { repositoryName: 'web', lifecyclePolicyText: aged });
  expect(await tags(stand)).toEqual(['v2', 'v3']);
  const counted = rule({ tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber: 1 });
  await stand.call('ecr', 'PutLifecyclePolicy', { repositoryName: 'web', lifecyclePolicyText: counted });
  expect(await tags(stand)).toHaveLength(1);
});

test('a lifecycle policy that is none is refused in the words of its schema', async () => {
  await using stand = await ecsStand();
  await stand.call('ecr', 'CreateRepository', { repositoryName: 'web' });
  const refused = stand.call('ecr', 'PutLifecyclePolicy', { repositoryName: 'web', lifecyclePolicyText: '{"rules":[{"rulePriority":1}]}' });
  await expect(refused).rejects.toThrow('object has missing required properties (["selection"])');
});
