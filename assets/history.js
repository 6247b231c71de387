/* Tells the server which step of its history the browser went back or on to. */

export default function ({ setTriggerValue }) {
  const hear = ({ state }) => {
    if (!state?.riceLens) return; // of Streamlit's, or a link within the page
    (window.riceLensPlaces ??= new Set()).add(state.riceLens);
    setTriggerValue("place", state.riceLens);
  };
  addEventListener("popstate", hear);
  return () => removeEventListener("popstate", hear);
}
