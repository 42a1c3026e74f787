/** Dates as metadata has them. */

/** `YYYYmmddTHHMMSS+hhmm` of a time in seconds since the epoch, `offsetMinutes` east of Greenwich. */
export function isoBasicDateTime(timeS: number, offsetMinutes: number): string {
  const text = new Date((timeS + offsetMinutes * 60) * 1000).toISOString();
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${text.slice(0, 19).replace(/[-:]/g, '')}${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
