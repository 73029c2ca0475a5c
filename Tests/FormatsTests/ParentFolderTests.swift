import Formats
import Testing

@Suite struct ParentFolderTests {
  @Test(arguments: [
    ("a/b", "a"), ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("w", ""), ("a/", ""), ("a//b/", "a"),
    ("", ""),
    ("./a", "."), ("é/ü", "é"),
  ])
  func parents(path: String, parent: String) { #expect(path.parentFolder == parent) }
}
