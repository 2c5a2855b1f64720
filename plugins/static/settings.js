// Settings: the forms are those of every page of things to arrange.

import "./forms.js";
