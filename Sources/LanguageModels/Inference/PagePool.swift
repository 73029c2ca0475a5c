import CKernels

/// Keys and values of past tokens, in pages of 16 positions for all layers.
///
/// A page covers the absolute positions `16p…16p+15`; sequences that share a prefix share its full pages.
package final class PagePool {
  /// Positions in one page.
  package static let positions = Int(SK_PAGE)

  /// Bytes of one page: all layers, keys and values.
  package let pageBytes: Int
  /// Pages that may be in use before scheduling waits for some to be freed.
  package let budget: Int
  private let partFloats: Int
  private let partsPerLayer: Int
  private var pages: [UnsafeMutablePointer<Float>] = []
  private var free: [Int32] = []

  /// - Parameters:
  ///   - layers: number of decoder blocks.
  ///   - heads: key/value heads.
  ///   - headWidth: their width.
  ///   - budgetBytes: memory to stay below while any other order of work allows it.
  package init(layers: Int, heads: Int, headWidth: Int, budgetBytes: Int) {
    partFloats = 2 * Int(sk_pageHeadFloats(Int64(headWidth)))
    partsPerLayer = heads
    pageBytes = layers * heads * partFloats * MemoryLayout<Float>.stride
    budget = max(1, budgetBytes / pageBytes)
  }

  deinit { pages.forEach { $0.deallocate() } }

  /// Pages in use.
  package var inUse: Int { pages.count - free.count }
  /// Most pages ever in use.
  package var peak: Int { pages.count }

  /// A page to write to; its contents are undefined.
  package func take() -> Int32 {
    if let page = free.popLast() { return page }
    let floats = pageBytes / MemoryLayout<Float>.stride
    let page = UnsafeMutablePointer<Float>.allocate(capacity: floats)
    // Unused slots are multiplied by zero: they must be finite.
    page.initialize(repeating: 0, count: floats)
    pages.append(page)
    return Int32(pages.count - 1)
  }

  package func giveBack(_ page: Int32) { free.append(page) }

  /// The keys and values of one head in one layer of a page.
  func part(_ page: Int32, layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
    pages[Int(page)] + (layer * partsPerLayer + head) * partFloats
  }

  /// Copies one head's part of a page.
  func copy(from source: Int32, to target: Int32, layer: Int, head: Int) {
    part(target, layer: layer, head: head).update(
      from: part(source, layer: layer, head: head), count: partFloats)
  }
}

/// Consecutive tokens of one sequence to run through the network.
package struct Segment {
  package var tokens: ArraySlice<Int32>
  /// Absolute position of the first token.
  package var start: Int
  /// Page of every 16 positions up to the last token.
  package var pages: [Int32]
  /// Page of another sequence whose first tokens this one's page at `start` begins with.
  package var copiedFrom: Int32?

  package init(tokens: ArraySlice<Int32>, start: Int, pages: [Int32], copiedFrom: Int32? = nil) {
    self.tokens = tokens
    self.start = start
    self.pages = pages
    self.copiedFrom = copiedFrom
  }
}
