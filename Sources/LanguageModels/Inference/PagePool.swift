import CKernels
package import Tensors

/// A paged KV cache: keys and values of past tokens in pages of 16 positions for all layers.
///
/// A page covers the absolute positions `16p…16p+15`; sequences that share a prefix share its full pages.
package final class PagePool {
  /// Positions in one page.
  package static let positions = Int(SK_PAGE)

  /// Bytes of one page: all layers, keys and values.
  package let pageBytes: Int
  /// Number of pages in use from which scheduling waits for pages to be freed.
  package let budget: Int
  /// Type of keys and values.
  let type: ComputeType
  private let partBytes: Int
  private let partsPerLayer: Int
  private var pages: [UnsafeMutableRawPointer] = []
  private var free: [Int32] = []

  /// - Parameters:
  ///   - layers: number of decoder blocks.
  ///   - heads: key/value heads.
  ///   - headWidth: their width.
  ///   - type: what keys and values are rounded to.
  ///   - budgetBytes: memory to stay below as long as any schedule allows it.
  package init(layers: Int, heads: Int, headWidth: Int, type: ComputeType, budgetBytes: Int) {
    self.type = type
    partBytes = Int(sk_pagePartBytes(Int64(headWidth), type == .bfloat16 ? 1 : 0))
    partsPerLayer = heads
    pageBytes = layers * heads * partBytes
    budget = max(1, budgetBytes / pageBytes)
  }

  deinit { pages.forEach { $0.deallocate() } }

  /// Pages in use.
  package var inUse: Int { pages.count - free.count }
  /// Peak number of pages in use.
  package var peak: Int { pages.count }

  /// A page to write to; its contents are undefined.
  package func take() -> Int32 {
    if let page = free.popLast() { return page }
    let page = UnsafeMutableRawPointer.allocate(byteCount: pageBytes, alignment: 64)
    // Unused slots are multiplied by zero, so they must be finite.
    page.initializeMemory(as: UInt8.self, repeating: 0, count: pageBytes)
    pages.append(page)
    return Int32(pages.count - 1)
  }

  package func giveBack(_ page: Int32) { free.append(page) }

  /// Address of a page.
  func address(ofPage page: Int32) -> UnsafeMutableRawPointer { pages[Int(page)] }

  /// Byte offset of one head's keys and values of one layer within every page.
  func offset(layer: Int, head: Int) -> Int { (layer * partsPerLayer + head) * partBytes }

  /// Copies the first positions of one layer of a page.
  func copy(first count: Int, from source: Int32, to target: Int32, layer: Int) {
    // Size of one position's values; keys take the same.
    let row = partBytes / (2 * Self.positions)
    let element = type == .bfloat16 ? 2 : 4
    for head in 0..<partsPerLayer {
      let first = offset(layer: layer, head: head)
      let (from, to) = (address(ofPage: source) + first, address(ofPage: target) + first)
      for component in 0..<row / element {
        let place = component * Self.positions * element
        (to + place).copyMemory(from: from + place, byteCount: count * element)
      }
      let values = Self.positions * row
      (to + values).copyMemory(from: from + values, byteCount: count * row)
    }
  }
}

/// Consecutive tokens of one sequence to process together.
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
