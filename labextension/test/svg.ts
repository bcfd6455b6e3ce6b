/** A picture, where the tests need one. */
export default '<svg xmlns="http://www.w3.org/2000/svg"></svg>';
