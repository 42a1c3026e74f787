/**
 * Owned resources, released in reverse order. Node 20 has `Symbol.asyncDispose` but no
 * `AsyncDisposableStack`; this is the part of it that daemons and tests use.
 */

type Release = () => void | PromiseLike<void>;

export class DisposalStack implements AsyncDisposable {
  #releases: Release[] = [];
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Registers a release to run at disposal; the last registered runs first. */
  defer(release: Release): void {
    this.#releases.push(release);
  }

  /** Takes ownership of `resource` and returns it. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() =>
      Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose](),
    );
    return resource;
  }

  /** Runs every release, also when one throws, then throws the first error. Later calls do nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const errors: unknown[] = [];
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      try {
        await release();
      } catch (error) {
        // The other resources must be released all the same; the first fault is reported at the end.
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
