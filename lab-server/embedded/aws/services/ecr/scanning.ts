// Image scans and their configuration. Scans find nothing: simulated images have no packages of known weaknesses.
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../../gateway/errors.ts';
import { matchesWildcard } from '../iam/evaluation/wildcards.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { imageIdText, imageNotFound } from './errors.ts';
import { findImage, imageIdOf, saveImage } from './images.ts';
import { imagesOf, onRepository, requireRepository } from './repositories.ts';
import { ecrTables, settingsOf, type Repository, type StoredImage } from './state.ts';

const DAY_MS = 86_400_000;

function requireImage(id: Timestamped<sdk.ImageIdentifier> | undefined, repository: Repository, call: Call): StoredImage {
  const image = findImage(imagesOf(repository, call), id ?? {});
  if (!image) {
    throw imageNotFound(id ?? {}, repository.repositoryName ?? '', repository.registryId ?? '');
  }
  return image;
}

function scanningOf(repository: Repository, call: Call): Timestamped<sdk.RepositoryScanningConfiguration> {
  const { scanning } = settingsOf(call.tables, scopeKey(call));
  const rule = scanning.rules?.find((one) =>
    one.repositoryFilters?.some(({ filter = '' }) => matchesWildcard(filter, repository.repositoryName ?? '')),
  );
  const filters = (rule?.repositoryFilters ?? []).filter(({ filter = '' }) => matchesWildcard(filter, repository.repositoryName ?? ''));
  const scanOnPush = repository.imageScanningConfiguration?.scanOnPush ?? false;
  return {
    repositoryArn: repository.repositoryArn,
    repositoryName: repository.repositoryName,
    scanOnPush,
    scanFrequency: rule?.scanFrequency ?? (scanOnPush ? 'SCAN_ON_PUSH' : 'MANUAL'),
    appliedScanFilters: filters,
  };
}

export const scanningOperations: Readonly<Record<string, Operation>> = {
  StartImageScan: operation<sdk.StartImageScanRequest, sdk.StartImageScanResponse>({
    authorize: onRepository('StartImageScan'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const image = requireImage(input.imageId, repository, call);
      if (image.scannedAt !== undefined && call.clock.now() - image.scannedAt < DAY_MS) {
        throw new AwsError('LimitExceededException', 'The scan quota per image has been exceeded. Wait and try again.');
      }
      saveImage({ ...image, scannedAt: call.clock.now() }, repository, call);
      return {
        registryId: repository.registryId,
        repositoryName: repository.repositoryName,
        imageId: imageIdOf(image, input.imageId?.imageTag),
        imageScanStatus: { status: 'IN_PROGRESS' },
      };
    },
  }),
  DescribeImageScanFindings: operation<sdk.DescribeImageScanFindingsRequest, sdk.DescribeImageScanFindingsResponse>({
    authorize: onRepository('DescribeImageScanFindings'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const image = requireImage(input.imageId, repository, call);
      if (image.scannedAt === undefined) {
        throw new AwsError(
          'ScanNotFoundException',
          `Image scan does not exist for the image with '${imageIdText(input.imageId ?? {})}' in the repository with name '${repository.repositoryName ?? ''}' in the registry with id '${repository.registryId ?? ''}'`,
        );
      }
      return {
        registryId: repository.registryId,
        repositoryName: repository.repositoryName,
        imageId: imageIdOf(image, input.imageId?.imageTag),
        imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
        imageScanFindings: {
          imageScanCompletedAt: image.scannedAt,
          vulnerabilitySourceUpdatedAt: image.scannedAt,
          findings: [],
          findingSeverityCounts: {},
        },
      };
    },
  }),
  PutRegistryScanningConfiguration: operation<sdk.PutRegistryScanningConfigurationRequest, sdk.PutRegistryScanningConfigurationResponse>({
    handle: (input, call) => {
      const key = scopeKey(call);
      const scanning = { scanType: input.scanType ?? 'BASIC', rules: input.rules ?? [] };
      ecrTables(call.tables).registries.put(key, { ...settingsOf(call.tables, key), scanning });
      return { registryScanningConfiguration: scanning };
    },
  }),
  GetRegistryScanningConfiguration: operation<object, sdk.GetRegistryScanningConfigurationResponse>({
    handle: (_input, call) => ({ registryId: call.account, scanningConfiguration: settingsOf(call.tables, scopeKey(call)).scanning }),
  }),
  BatchGetRepositoryScanningConfiguration: operation<
    sdk.BatchGetRepositoryScanningConfigurationRequest,
    sdk.BatchGetRepositoryScanningConfigurationResponse
  >({
    handle: (input, call) => {
      const { repositories } = ecrTables(call.tables);
      const names = input.repositoryNames ?? [];
      return {
        scanningConfigurations: names.flatMap((name) => {
          const repository = repositories.get(scopeKey(call, name));
          return repository ? [scanningOf(repository, call)] : [];
        }),
        failures: names
          .filter((name) => !repositories.has(scopeKey(call, name)))
          .map((repositoryName) => ({ repositoryName, failureCode: 'REPOSITORY_NOT_FOUND', failureReason: 'REPOSITORY_NOT_FOUND' })),
      };
    },
  }),
};
