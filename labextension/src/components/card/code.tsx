import type { CodeEditor, IEditorServices } from '@jupyterlab/codeeditor';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { CodeEditor as Code } from '@jupyterlab/codeeditor';
import { useEffect, useRef } from 'react';

import { useCards } from './surroundings';

export interface ICodeProps {
  text: string;
  mime: string;
  /** What it is, for those who do not see it. */
  label: string;
}

function make(
  host: HTMLElement,
  services: IEditorServices,
  { text, mime, label }: ICodeProps
): CodeEditor.IEditor {
  const model = new Code.Model({ mimeType: mime });
  model.sharedModel.setSource(text);
  return services.factoryService.newInlineEditor({
    host,
    model,
    config: { readOnly: true, lineNumbers: false, lineWrap: true },
    extensions: [
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' })
    ]
  });
}

/** Text as the editor of the notebook highlights it; read-only. */
export function CodeText(props: ICodeProps): JSX.Element {
  const { text, mime, label } = props;
  const { editorServices } = useCards();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = host.current;
    if (node === null) {
      return;
    }
    const editor = make(node, editorServices, { text, mime, label });
    return () => {
      editor.dispose();
      node.replaceChildren();
    };
  }, [text, mime, label, editorServices]);
  return <div ref={host} className="coai-Card-code" />;
}

/** The card's own editor: text that the person changes before accepting it. */
export function CodeEdit({
  text,
  mime,
  label,
  hasFocus,
  changed
}: ICodeProps & { hasFocus: boolean; changed: (text: string) => void }): JSX.Element {
  const { editorServices } = useCards();
  const host = useRef<HTMLDivElement>(null);
  const told = useRef(changed);
  useEffect(() => {
    told.current = changed;
  });
  useEffect(() => {
    const node = host.current;
    if (node === null) {
      return;
    }
    const model = new Code.Model({ mimeType: mime });
    model.sharedModel.setSource(text);
    const editor = editorServices.factoryService.newInlineEditor({
      host: node,
      model,
      config: { lineWrap: true, lineNumbers: false },
      extensions: [EditorView.contentAttributes.of({ 'aria-label': label })]
    });
    model.sharedModel.changed.connect(() => told.current(model.sharedModel.getSource()));
    if (hasFocus) {
      editor.focus();
    }
    return () => {
      editor.dispose();
      node.replaceChildren();
    };
  }, [text, mime, label, hasFocus, editorServices]);
  return <div ref={host} className="coai-Card-code coai-mod-editable" />;
}
