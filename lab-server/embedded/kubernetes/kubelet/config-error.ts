// Problems with what a container or volume refers to; the kubelet reports them and tries again when the source changes.

/** A container cannot be created as it is configured: its reason is CreateContainerConfigError. */
export class ConfigError extends Error {}

/** A volume cannot be mounted; the event FailedMount carries the message. */
export class MountError extends Error {
  readonly volume: string;

  constructor(volume: string, message: string) {
    super(message);
    this.volume = volume;
  }
}
