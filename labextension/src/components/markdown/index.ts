export { Markdown, Text, type IMarkdownProps } from './markdown';
export { CodeBlock } from './code';
export { visible } from './safe';
