import { LabIcon } from '@jupyterlab/ui-components';

/** Two that overlap: who does research together. Drawn in the theme's own colours. */
const mark = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24" fill="none">
  <circle class="jp-icon3" stroke="#616161" stroke-width="2" cx="8.75" cy="12" r="6.5"/>
  <circle class="jp-icon3" stroke="#616161" stroke-width="2" cx="15.25" cy="12" r="6.5"/>
</svg>`;

export const coimproveIcon = new LabIcon({ name: 'jupyter-coimprove:mark', svgstr: mark });
