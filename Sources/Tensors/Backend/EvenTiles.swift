/// An extent cut into tiles of nearly the same size, so that threads finish together.
struct EvenTiles {
  let count: Int
  private let extent: Int
  private let size: Int

  /// - Parameter most: largest size of a tile.
  init(_ extent: Int, most: Int) {
    let least = max(1, (extent + most - 1) / most)
    // Multiples of the widest register.
    let size = min(most, ((extent + least - 1) / least + 15) / 16 * 16)
    self.extent = extent
    self.size = max(size, 1)
    count = (extent + self.size - 1) / self.size
  }

  subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, extent) }
}
