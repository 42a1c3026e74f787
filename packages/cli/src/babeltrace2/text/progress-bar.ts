/** The bar that shows on a terminal how far a command has come. */

export interface ProgressState {
  /** 0 to 1. */
  readonly fraction: number;
  readonly elapsedMs: number;
  readonly columns: number;
}

const MAX_BAR = 40;

/** One line without its end, as wide as the terminal at most. */
export function progressText({ fraction, elapsedMs, columns }: ProgressState): string {
  const done = Math.min(Math.max(fraction, 0), 1);
  const percent = `${Math.floor(done * 100)} %`.padStart(5);
  const left = done > 0 ? ` ${timeText((elapsedMs / done) * (1 - done))} left` : '';
  const room = Math.min(columns - percent.length - left.length - 3, MAX_BAR);
  if (room < 4) return percent.slice(0, Math.max(columns - 1, 0));
  const filled = Math.round(done * room);
  return `[${'#'.repeat(filled)}${'.'.repeat(room - filled)}]${percent}${left}`;
}

/** `M:SS`, or `H:MM:SS`. */
function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
