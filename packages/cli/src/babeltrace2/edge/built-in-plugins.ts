/** The plugins that come with the program. */
export { standardPlugins } from '@lttng-ts/plugins';
