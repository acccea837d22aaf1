export { EmbeddedEcsDriver } from './driver.ts';
