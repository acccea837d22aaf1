// Layers as `docker push` brings them through the API: counted and remembered by digest, their bytes are not kept.
import { createHash, randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { imagesOf, onRepository, registryOf, requireRepository } from './repositories.ts';
import { ecrTables, type Repository } from './state.ts';

const PART_SIZE = 10 * 1024 * 1024;

function layerKey(repository: Repository, digest: string, call: Call): string {
  return scopeKey({ account: repository.registryId ?? '', region: call.region }, `${repository.repositoryName ?? ''}@${digest}`);
}

/** Whether a repository has a layer: uploaded, or part of an image that was put. */
function hasLayer(repository: Repository, digest: string, call: Call): { size: number } | undefined {
  const uploaded = ecrTables(call.tables).layers.get(layerKey(repository, digest, call));
  if (uploaded) {
    return uploaded;
  }
  const held = imagesOf(repository, call).some((image) => image.manifest.includes(digest));
  return held ? { size: 0 } : undefined;
}

export const layerOperations: Readonly<Record<string, Operation>> = {
  BatchCheckLayerAvailability: operation<sdk.BatchCheckLayerAvailabilityRequest, sdk.BatchCheckLayerAvailabilityResponse>({
    authorize: onRepository('BatchCheckLayerAvailability'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      return {
        layers: (input.layerDigests ?? []).map((layerDigest) => {
          const layer = hasLayer(repository, layerDigest, call);
          return {
            layerDigest,
            layerAvailability: layer ? 'AVAILABLE' : 'UNAVAILABLE',
            ...(layer ? { layerSize: layer.size, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' } : {}),
          };
        }),
        failures: [],
      };
    },
  }),
  GetDownloadUrlForLayer: operation<sdk.GetDownloadUrlForLayerRequest, sdk.GetDownloadUrlForLayerResponse>({
    authorize: onRepository('GetDownloadUrlForLayer'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      if (!hasLayer(repository, input.layerDigest ?? '', call)) {
        throw new AwsError(
          'LayersNotFoundException',
          `The layer with digest '${input.layerDigest ?? ''}' does not exist in the repository with name '${repository.repositoryName ?? ''}' in the registry with id '${repository.registryId ?? ''}'`,
        );
      }
      const bucket = `prod-${call.region}-starport-layer-bucket`;
      return {
        layerDigest: input.layerDigest,
        downloadUrl: `https://${bucket}.s3.${call.region}.amazonaws.com/${input.layerDigest ?? ''}`,
      };
    },
  }),
  InitiateLayerUpload: operation<sdk.InitiateLayerUploadRequest, sdk.InitiateLayerUploadResponse>({
    authorize: onRepository('InitiateLayerUpload'),
    handle: (input, call) => {
      requireRepository(input, call);
      const uploadId = randomUUID();
      ecrTables(call.tables).uploads.put(scopeKey(registryOf(input, call), uploadId), { size: 0 });
      return { uploadId, partSize: PART_SIZE };
    },
  }),
  UploadLayerPart: operation<sdk.UploadLayerPartRequest, sdk.UploadLayerPartResponse>({
    authorize: onRepository('UploadLayerPart'),
    handle: (input, call) => {
      const { repositoryName, registryId } = requireRepository(input, call);
      const key = scopeKey(registryOf(input, call), input.uploadId ?? '');
      const upload = ecrTables(call.tables).uploads.get(key);
      if (!upload) {
        throw uploadNotFound(input.uploadId);
      }
      const size = upload.size + (input.layerPartBlob?.length ?? 0);
      ecrTables(call.tables).uploads.put(key, { size });
      return { registryId, repositoryName, uploadId: input.uploadId, lastByteReceived: size - 1 };
    },
  }),
  CompleteLayerUpload: operation<sdk.CompleteLayerUploadRequest, sdk.CompleteLayerUploadResponse>({
    authorize: onRepository('CompleteLayerUpload'),
    handle: (input, call) => {
      const repository = requireRepository(input, call);
      const key = scopeKey(registryOf(input, call), input.uploadId ?? '');
      const upload = ecrTables(call.tables).uploads.get(key);
      if (!upload) {
        throw uploadNotFound(input.uploadId);
      }
      const digest =
        input.layerDigests?.[0] ??
        `sha256:${createHash('sha256')
          .update(input.uploadId ?? '')
          .digest('hex')}`;
      ecrTables(call.tables).uploads.delete(key);
      ecrTables(call.tables).layers.put(layerKey(repository, digest, call), { digest, size: upload.size });
      return {
        registryId: repository.registryId,
        repositoryName: repository.repositoryName,
        uploadId: input.uploadId,
        layerDigest: digest,
      };
    },
  }),
};

function uploadNotFound(uploadId: string | undefined): AwsError {
  return new AwsError('UploadNotFoundException', `The upload with id '${uploadId ?? ''}' does not exist.`);
}
