/** Why an answer is what it is, and what would change it: for administrators, by page and on the command line. */
export {
  createExplainer,
  type Explainer,
  type Explanation,
  type ExplanationRequest,
  type ExplanationRow,
} from './explainer.ts';
export type { ExplanationStep } from './steps.ts';
export type { ExplanationWay } from './ways.ts';
export { decisionText, explanationText } from './text.ts';
