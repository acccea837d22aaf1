export { EmbeddedKubernetesDriver } from './driver.ts';
