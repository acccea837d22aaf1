// A pod may name its node outright.
import { type Plugin, refuse } from './plugin.ts';

export const nodeName: Plugin = {
  name: 'NodeName',
  filter({ pod }, { name }) {
    const wanted = pod.spec?.nodeName;
    return wanted && wanted !== name ? refuse("node(s) didn't match the requested node name", true) : undefined;
  },
};
