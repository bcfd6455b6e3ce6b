// Each by itself, so that each goes through the builder's rules.
import './base.css';
import './panel.css';
import './inbox.css';
import './markdown.css';
import './cells.css';
import './experiments.css';
import './chat.css';
import './record.css';
import './magics.css';
