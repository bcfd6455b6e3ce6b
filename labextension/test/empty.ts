/** Style sheets say nothing to tests. */
export default {};
