/** Dates in local time, as folders and metadata have them. `offsetMinutes` is east of Greenwich. */

/** `YYYYmmddTHHMMSS+hhmm` of a time in seconds since the epoch: dates in metadata. */
export function isoBasicDateTime(timeS: number, offsetMinutes: number): string {
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${localDigits(timeS, offsetMinutes)}${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** `YYYYmmdd-HHMMSS`: dates in names of sessions and folders. */
export function folderDateTime(timeS: number, offsetMinutes: number): string {
  return localDigits(timeS, offsetMinutes).replace('T', '-');
}

/** `YYYYmmddTHHMMSS`. */
function localDigits(timeS: number, offsetMinutes: number): string {
  const text = new Date((timeS + offsetMinutes * 60) * 1000).toISOString();
  return text.slice(0, 19).replaceAll(/[-:]/g, '');
}
