export type { UstDomain } from './ust/ust-domain.ts';
