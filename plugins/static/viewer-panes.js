// Before the first paint: the panes that this person has closed stay closed.
{
  let closed = "";
  try {
    closed = localStorage.getItem("asbuilt-panes-closed") ?? "";
  } catch {
    // no storage: both are open
  }
  document.documentElement.dataset.closed = closed;
}
