/**
 * The notices that patients are given: per network, version by version, who published which from when. Owns the register
 * and its part of the region file. Does not own who was given which (`records/`), nor who may publish (`admin/`).
 */
export { createNotices, type Notice, type Notices } from './register.ts';
export { noticesSection } from './region-section.ts';
