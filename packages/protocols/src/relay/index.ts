export * from './beginning.ts';
export * from './constants.ts';
export * from './framers.ts';
export * from './messages.ts';
export * from './requests.ts';
export * from './url.ts';
